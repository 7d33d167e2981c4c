-- Authorities with algorithms and settings of their own, endpoints that can be changed, and the generation of the catalog.

-- CreateEnum
CREATE TYPE "authority_state" AS ENUM ('active', 'retired');

-- AlterTable
-- Every authority so far was made with a P-256 key and these settings.
ALTER TABLE "authority" ADD COLUMN     "signature_algorithm" TEXT NOT NULL DEFAULT 'ecdsa-with-SHA256',
ADD COLUMN     "state" "authority_state" NOT NULL DEFAULT 'active',
ADD COLUMN     "revision" INTEGER NOT NULL DEFAULT 1,
ADD COLUMN     "crl_validity_seconds" INTEGER NOT NULL DEFAULT 604800,
ADD COLUMN     "crl_interval_seconds" INTEGER NOT NULL DEFAULT 86400,
ADD COLUMN     "ocsp_validity_seconds" INTEGER NOT NULL DEFAULT 86400,
ADD COLUMN     "ocsp_key_algorithm" TEXT NOT NULL DEFAULT 'ec-p256';
ALTER TABLE "authority" ALTER COLUMN "signature_algorithm" DROP DEFAULT,
ALTER COLUMN "crl_validity_seconds" DROP DEFAULT,
ALTER COLUMN "crl_interval_seconds" DROP DEFAULT,
ALTER COLUMN "ocsp_validity_seconds" DROP DEFAULT,
ALTER COLUMN "ocsp_key_algorithm" DROP DEFAULT;

-- AlterTable
ALTER TABLE "enrollment_endpoint" ADD COLUMN     "enabled" BOOLEAN NOT NULL DEFAULT true,
ADD COLUMN     "revision" INTEGER NOT NULL DEFAULT 1;

-- CreateTable
CREATE TABLE "catalog" (
    "singleton" BOOLEAN NOT NULL DEFAULT true,
    "generation" BIGINT NOT NULL,

    CONSTRAINT "catalog_pkey" PRIMARY KEY ("singleton")
);

-- What Prisma cannot say

-- A CRL that is made anew only after it has ended would lock a fleet out.
ALTER TABLE "authority"
    ADD CONSTRAINT "authority_crl" CHECK ("crl_interval_seconds" BETWEEN 1 AND "crl_validity_seconds"),
    ADD CONSTRAINT "authority_ocsp" CHECK ("ocsp_validity_seconds" > 0);

ALTER TABLE "catalog" ADD CONSTRAINT "catalog_one_row" CHECK ("singleton");
INSERT INTO "catalog" ("generation") VALUES (1);

-- Whatever changes what the nodes keep in memory makes a new generation, in the same transaction: no writer can forget it,
-- and a reader of the generation never sees it before the change.
CREATE FUNCTION "catalog_changed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE "catalog" SET "generation" = "generation" + 1;
    RETURN NULL;
END $$;
CREATE TRIGGER "authority_in_catalog" AFTER INSERT OR UPDATE OR DELETE ON "authority"
    FOR EACH STATEMENT EXECUTE FUNCTION "catalog_changed"();
CREATE TRIGGER "enrollment_endpoint_in_catalog" AFTER INSERT OR UPDATE OR DELETE ON "enrollment_endpoint"
    FOR EACH STATEMENT EXECUTE FUNCTION "catalog_changed"();
CREATE TRIGGER "profile_in_catalog" AFTER INSERT OR UPDATE OR DELETE ON "profile"
    FOR EACH STATEMENT EXECUTE FUNCTION "catalog_changed"();
