-- Who made each version of a profile, when which was in force, and by which certificate and profile a request was judged.

-- AlterTable
ALTER TABLE "profile" ADD COLUMN     "revision" INTEGER NOT NULL DEFAULT 1;

-- AlterTable
ALTER TABLE "profile_version" ADD COLUMN     "created_by" TEXT,
ADD COLUMN     "comment" TEXT NOT NULL DEFAULT '';

-- AlterTable
ALTER TABLE "enrollment_attempt" ADD COLUMN     "caller_certificate_id" UUID,
ADD COLUMN     "profile_version" SMALLINT,
ADD COLUMN     "profile_name" TEXT;

-- CreateTable
CREATE TABLE "profile_activation" (
    "position" BIGSERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "activated_at" TIMESTAMPTZ(3) NOT NULL,
    "activated_by" TEXT,

    CONSTRAINT "profile_activation_pkey" PRIMARY KEY ("position")
);

-- CreateIndex
CREATE INDEX "profile_activation_name_position_idx" ON "profile_activation"("name", "position");

-- AddForeignKey
ALTER TABLE "profile_activation" ADD CONSTRAINT "profile_activation_name_version_fkey" FOREIGN KEY ("name", "version") REFERENCES "profile_version"("name", "version") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What Prisma cannot say

-- Until now every version was in force from the moment it was made.
INSERT INTO "profile_activation" ("name", "version", "activated_at")
    SELECT "name", "version", "created_at" FROM "profile_version" ORDER BY "created_at", "version";

CREATE TRIGGER "profile_activation_immutable" BEFORE UPDATE OR DELETE ON "profile_activation"
    FOR EACH ROW EXECUTE FUNCTION "refuse_change"();

-- The story of a device is read by subject. Issued certificates tell their own, so that issuing pays nothing for this index.
CREATE INDEX "audit_event_subject_idx" ON "audit_event" ("subject", "position") WHERE "action" <> 'certificate.issued';
