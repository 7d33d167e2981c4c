-- What a device is for, where it belongs, and what else profiles take from its registration.

-- AlterTable
ALTER TABLE "device" ADD COLUMN     "fields" JSONB NOT NULL DEFAULT '{}',
ADD COLUMN     "role" TEXT,
ADD COLUMN     "segment" TEXT;

-- What Prisma cannot say.

ALTER TABLE "device" ADD CONSTRAINT "device_fields" CHECK (jsonb_typeof("fields") = 'object');

-- How many certificates of its profile the device may have at most; null: no limit, and no place in the index.
ALTER TABLE "issuance_intent" ADD COLUMN     "max_active_certificates" SMALLINT;
CREATE INDEX "issuance_intent_limited_idx" ON "issuance_intent" ("device_id", "profile_name")
    WHERE "max_active_certificates" IS NOT NULL;
