-- The registry: authorities, profiles, endpoints, secrets, devices, intents, certificates, CRLs, attempts, audit, administrators.

-- CreateEnum
CREATE TYPE "authority_kind" AS ENUM ('root', 'issuing');

-- CreateEnum
CREATE TYPE "device_state" AS ENUM ('registered', 'active', 'suspended', 'retired');

-- CreateEnum
CREATE TYPE "attempt_outcome" AS ENUM ('issued', 'pending', 'refused', 'failed');

-- CreateTable
CREATE TABLE "registry" (
    "singleton" BOOLEAN NOT NULL DEFAULT true,
    "pki_id" UUID NOT NULL,
    "public_url" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "program" TEXT NOT NULL,

    CONSTRAINT "registry_pkey" PRIMARY KEY ("singleton")
);

-- CreateTable
CREATE TABLE "authority" (
    "id" UUID NOT NULL,
    "issuer_id" UUID,
    "kind" "authority_kind" NOT NULL,
    "crl_shards" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "key_id" TEXT NOT NULL,
    "certificate_der" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "authority_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sealed_key" (
    "key_id" TEXT NOT NULL,
    "sealed" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sealed_key_pkey" PRIMARY KEY ("key_id")
);

-- CreateTable
CREATE TABLE "profile" (
    "name" TEXT NOT NULL,
    "current_version" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "profile_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "profile_version" (
    "name" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "rules" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "profile_version_pkey" PRIMARY KEY ("name","version")
);

-- CreateTable
CREATE TABLE "enrollment_endpoint" (
    "label" TEXT NOT NULL,
    "protocol" TEXT NOT NULL,
    "authority_id" UUID NOT NULL,
    "profile_name" TEXT NOT NULL,
    "accepts_secret" BOOLEAN NOT NULL,
    "accepts_certificate" BOOLEAN NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "enrollment_endpoint_pkey" PRIMARY KEY ("label")
);

-- CreateTable
CREATE TABLE "enrollment_secret" (
    "id" TEXT NOT NULL,
    "endpoint_label" TEXT NOT NULL,
    "secret_sha256" BYTEA NOT NULL,
    "device_id" TEXT,
    "max_uses" INTEGER NOT NULL,
    "uses" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),
    "idempotency_key" TEXT,

    CONSTRAINT "enrollment_secret_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "secret_failure" (
    "secret_id" TEXT NOT NULL,
    "remote_address" TEXT NOT NULL,
    "failed_at" TIMESTAMPTZ(3)[],
    "last_at" TIMESTAMPTZ(3) NOT NULL,
    "locked_until" TIMESTAMPTZ(3),

    CONSTRAINT "secret_failure_pkey" PRIMARY KEY ("secret_id","remote_address")
);

-- CreateTable
CREATE TABLE "device" (
    "id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "state" "device_state" NOT NULL,

    CONSTRAINT "device_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "issuance_intent" (
    "id" UUID NOT NULL,
    "attempt_id" UUID NOT NULL,
    "authority_id" UUID NOT NULL,
    "not_before" TIMESTAMPTZ(3) NOT NULL,
    "not_after" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "profile_version" SMALLINT NOT NULL,
    "crl_shard" SMALLINT NOT NULL,
    "serial_number" BYTEA NOT NULL,
    "public_key_sha256" BYTEA NOT NULL,
    "request_digest" BYTEA NOT NULL,
    "device_id" TEXT,
    "profile_name" TEXT NOT NULL,
    "tbs_certificate_der" BYTEA NOT NULL,

    CONSTRAINT "issuance_intent_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "key_holder" (
    "public_key_sha256" BYTEA NOT NULL,
    "device_id" TEXT,
    "compromised_at" TIMESTAMPTZ(3),

    CONSTRAINT "key_holder_pkey" PRIMARY KEY ("public_key_sha256")
);

-- CreateTable
CREATE TABLE "certificate" (
    "id" UUID NOT NULL,
    "authority_id" UUID NOT NULL,
    "not_before" TIMESTAMPTZ(3) NOT NULL,
    "not_after" TIMESTAMPTZ(3) NOT NULL,
    "issued_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),
    "invalidity_date" TIMESTAMPTZ(3),
    "profile_version" SMALLINT NOT NULL,
    "crl_shard" SMALLINT NOT NULL,
    "revocation_reason" SMALLINT,
    "serial_number" BYTEA NOT NULL,
    "public_key_sha256" BYTEA NOT NULL,
    "request_digest" BYTEA NOT NULL,
    "device_id" TEXT,
    "profile_name" TEXT NOT NULL,
    "certificate_der" BYTEA NOT NULL,
    "crl_entry" BYTEA,

    CONSTRAINT "certificate_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "crl" (
    "authority_id" UUID NOT NULL,
    "number" BIGINT NOT NULL,
    "shard" SMALLINT NOT NULL,
    "this_update" TIMESTAMPTZ(3) NOT NULL,
    "next_update" TIMESTAMPTZ(3) NOT NULL,
    "published_at" TIMESTAMPTZ(3),
    "entry_count" INTEGER,
    "tbs_sha256" BYTEA NOT NULL,
    "crl_der" BYTEA,

    CONSTRAINT "crl_pkey" PRIMARY KEY ("authority_id","shard","number")
);

-- CreateTable
CREATE TABLE "crl_shard" (
    "authority_id" UUID NOT NULL,
    "last_number" BIGINT NOT NULL DEFAULT 0,
    "changes" BIGINT NOT NULL DEFAULT 0,
    "published_changes" BIGINT NOT NULL DEFAULT 0,
    "dirty_since" TIMESTAMPTZ(3),
    "shard" SMALLINT NOT NULL,

    CONSTRAINT "crl_shard_pkey" PRIMARY KEY ("authority_id","shard")
);

-- CreateTable
CREATE TABLE "enrollment_attempt" (
    "id" UUID NOT NULL,
    "certificate_id" UUID,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "duration_microseconds" INTEGER NOT NULL,
    "outcome" "attempt_outcome" NOT NULL,
    "protocol" TEXT NOT NULL,
    "operation" TEXT NOT NULL,
    "endpoint_label" TEXT,
    "remote_address" TEXT,
    "code" TEXT,
    "message" TEXT,
    "device_id" TEXT,
    "secret_id" TEXT,
    "principal" TEXT,
    "steps" JSONB NOT NULL,
    "request_der" BYTEA,

    CONSTRAINT "enrollment_attempt_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_event" (
    "position" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "actor" TEXT NOT NULL,
    "remote_address" TEXT,
    "action" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "correlation_id" TEXT,
    "details" JSONB NOT NULL,

    CONSTRAINT "audit_event_pkey" PRIMARY KEY ("position")
);

-- CreateTable
CREATE TABLE "principal" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "certificate_fingerprint_sha256" BYTEA,
    "token_sha256" BYTEA,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "principal_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "setup_token" (
    "token_sha256" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),

    CONSTRAINT "setup_token_pkey" PRIMARY KEY ("token_sha256")
);

-- CreateIndex
CREATE UNIQUE INDEX "authority_name_key" ON "authority"("name");

-- CreateIndex
CREATE UNIQUE INDEX "enrollment_secret_idempotency_key_key" ON "enrollment_secret"("idempotency_key");

-- CreateIndex
CREATE INDEX "enrollment_secret_endpoint_label_idx" ON "enrollment_secret"("endpoint_label");

-- CreateIndex
CREATE UNIQUE INDEX "issuance_intent_serial_number_key" ON "issuance_intent"("serial_number");

-- CreateIndex
CREATE UNIQUE INDEX "issuance_intent_request_digest_key" ON "issuance_intent"("request_digest");

-- CreateIndex
CREATE UNIQUE INDEX "certificate_serial_number_key" ON "certificate"("serial_number");

-- CreateIndex
CREATE INDEX "certificate_device_id_idx" ON "certificate"("device_id");

-- CreateIndex
CREATE INDEX "enrollment_attempt_device_id_idx" ON "enrollment_attempt"("device_id");

-- CreateIndex
CREATE UNIQUE INDEX "principal_certificate_fingerprint_sha256_key" ON "principal"("certificate_fingerprint_sha256");

-- CreateIndex
CREATE UNIQUE INDEX "principal_token_sha256_key" ON "principal"("token_sha256");

-- CreateIndex
CREATE INDEX "principal_name_idx" ON "principal"("name");

-- AddForeignKey
ALTER TABLE "authority" ADD CONSTRAINT "authority_issuer_id_fkey" FOREIGN KEY ("issuer_id") REFERENCES "authority"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "profile_version" ADD CONSTRAINT "profile_version_name_fkey" FOREIGN KEY ("name") REFERENCES "profile"("name") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "enrollment_endpoint" ADD CONSTRAINT "enrollment_endpoint_authority_id_fkey" FOREIGN KEY ("authority_id") REFERENCES "authority"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "enrollment_endpoint" ADD CONSTRAINT "enrollment_endpoint_profile_name_fkey" FOREIGN KEY ("profile_name") REFERENCES "profile"("name") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "enrollment_secret" ADD CONSTRAINT "enrollment_secret_endpoint_label_fkey" FOREIGN KEY ("endpoint_label") REFERENCES "enrollment_endpoint"("label") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "secret_failure" ADD CONSTRAINT "secret_failure_secret_id_fkey" FOREIGN KEY ("secret_id") REFERENCES "enrollment_secret"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "crl_shard" ADD CONSTRAINT "crl_shard_authority_id_fkey" FOREIGN KEY ("authority_id") REFERENCES "authority"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What Prisma cannot say.

ALTER TABLE "registry" ADD CONSTRAINT "registry_one_row" CHECK ("singleton");
ALTER TABLE "enrollment_secret"
    ADD CONSTRAINT "enrollment_secret_uses" CHECK ("uses" BETWEEN 0 AND "max_uses"),
    ADD CONSTRAINT "enrollment_secret_sha256" CHECK (octet_length("secret_sha256") = 32);
-- RFC 5280 §4.1.2.2: a positive integer of at most 20 octets.
ALTER TABLE "issuance_intent"
    ADD CONSTRAINT "issuance_intent_serial" CHECK (octet_length("serial_number") BETWEEN 1 AND 20),
    ADD CONSTRAINT "issuance_intent_digests" CHECK (octet_length("request_digest") = 32 AND octet_length("public_key_sha256") = 32);
ALTER TABLE "certificate"
    ADD CONSTRAINT "certificate_revocation" CHECK (
        ("revoked_at" IS NULL) = ("revocation_reason" IS NULL) AND ("revoked_at" IS NULL) = ("crl_entry" IS NULL)
    );
ALTER TABLE "crl_shard" ADD CONSTRAINT "crl_shard_changes" CHECK ("published_changes" <= "changes");
ALTER TABLE "crl" ADD CONSTRAINT "crl_published" CHECK (("crl_der" IS NULL) = ("published_at" IS NULL));
ALTER TABLE "principal" ADD CONSTRAINT "principal_credential"
    CHECK ("certificate_fingerprint_sha256" IS NOT NULL OR "token_sha256" IS NOT NULL);

-- Signatures and keys do not compress.
ALTER TABLE "certificate" ALTER COLUMN "certificate_der" SET STORAGE EXTERNAL;
ALTER TABLE "issuance_intent" ALTER COLUMN "tbs_certificate_der" SET STORAGE EXTERNAL;
ALTER TABLE "crl" ALTER COLUMN "crl_der" SET STORAGE EXTERNAL;

-- Digests are found by their first seven octets, which fill one word of the index; the rest is compared in the row. The
-- fingerprint is found without being stored.
CREATE INDEX "certificate_fingerprint_idx" ON "certificate" (substring(sha256("certificate_der") FROM 1 FOR 7));
CREATE INDEX "certificate_public_key_idx" ON "certificate" (substring("public_key_sha256" FROM 1 FOR 7));
-- 120 bits tell requests apart as well as 256 would, in half the room.
CREATE UNIQUE INDEX "certificate_request_digest_key" ON "certificate" (substring("request_digest" FROM 1 FOR 15));
-- A CRL is read from this index alone; certificates that are not revoked cost nothing here.
CREATE INDEX "certificate_crl_idx" ON "certificate" ("authority_id", "crl_shard", "serial_number")
    INCLUDE ("crl_entry", "not_after", "revoked_at") WHERE "revoked_at" IS NOT NULL;
CREATE INDEX "certificate_revoked_idx" ON "certificate" ("id") WHERE "revoked_at" IS NOT NULL;
CREATE INDEX "enrollment_attempt_not_issued_idx" ON "enrollment_attempt" ("outcome", "id") WHERE "outcome" <> 'issued';
CREATE INDEX "enrollment_attempt_code_idx" ON "enrollment_attempt" ("code", "id") WHERE "code" IS NOT NULL;

-- Rolls a statement back that met a transaction which was just committing, to be run again.
CREATE FUNCTION "try_again"() RETURNS uuid LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'another transaction came first' USING ERRCODE = 'serialization_failure';
END $$;

-- What never changes once it is written.
CREATE FUNCTION "refuse_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: its rows never change', TG_OP, TG_TABLE_NAME USING ERRCODE = 'object_not_in_prerequisite_state';
END $$;
CREATE TRIGGER "profile_version_immutable" BEFORE UPDATE OR DELETE ON "profile_version"
    FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "audit_event_immutable" BEFORE UPDATE OR DELETE ON "audit_event"
    FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "certificate_not_deleted" BEFORE DELETE ON "certificate"
    FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "certificate_immutable" BEFORE UPDATE ON "certificate" FOR EACH ROW
    WHEN (
        OLD."id" <> NEW."id" OR OLD."authority_id" <> NEW."authority_id" OR OLD."serial_number" <> NEW."serial_number"
        OR OLD."certificate_der" <> NEW."certificate_der" OR OLD."request_digest" <> NEW."request_digest"
    )
    EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "issuance_intent_immutable" BEFORE UPDATE ON "issuance_intent"
    FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
