-- Endpoints for SCEP: other passwords than enrollment secrets, approval by an administrator, settings of the protocol.

-- AlterTable
ALTER TABLE "enrollment_endpoint" ADD COLUMN     "accepts_anyone" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "approval" TEXT NOT NULL DEFAULT 'automatic',
ADD COLUMN     "challenge" JSONB,
ADD COLUMN     "protocol_settings" JSONB NOT NULL DEFAULT '{}';

-- CreateTable
CREATE TABLE "pending_request" (
    "id" UUID NOT NULL,
    "protocol" TEXT NOT NULL,
    "operation" TEXT NOT NULL,
    "endpoint_label" TEXT NOT NULL,
    "transaction_id" TEXT,
    "request_der" BYTEA NOT NULL,
    "request_digest" BYTEA NOT NULL,
    "public_key_sha256" BYTEA NOT NULL,
    "device_id" TEXT,
    "caller" JSONB NOT NULL,
    "remote_address" TEXT NOT NULL,
    "attempt_id" UUID NOT NULL,
    "requested_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'pending',
    "approved_for" JSONB,
    "decided_at" TIMESTAMPTZ(3),
    "decided_by" TEXT,
    "reason" TEXT,

    CONSTRAINT "pending_request_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "pending_request_request_digest_key" ON "pending_request"("request_digest");

-- CreateIndex
CREATE INDEX "pending_request_public_key_sha256_idx" ON "pending_request"("public_key_sha256");

-- What Prisma cannot say.

-- Who needs no credential gets nothing by itself.
ALTER TABLE "enrollment_endpoint" ADD CONSTRAINT "enrollment_endpoint_approval" CHECK ("approval" IN ('automatic', 'manual')),
    ADD CONSTRAINT "enrollment_endpoint_anyone" CHECK (NOT "accepts_anyone" OR "approval" = 'manual');
ALTER TABLE "pending_request" ADD CONSTRAINT "pending_request_state"
    CHECK ("state" IN ('pending', 'approved', 'rejected') AND ("state" = 'pending') = ("decided_at" IS NULL)
        AND ("state" = 'approved') = ("approved_for" IS NOT NULL));
-- For the listing and the limit: the few that wait among all.
CREATE INDEX "pending_request_waiting_idx" ON "pending_request" ("endpoint_label", "requested_at") WHERE "state" = 'pending';
