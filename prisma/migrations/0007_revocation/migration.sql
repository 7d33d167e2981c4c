-- Jobs over many certificates: what was confirmed, how far it is, and the set that was fixed.

-- CreateEnum
CREATE TYPE "job_state" AS ENUM ('queued', 'running', 'succeeded', 'cancelled', 'failed');

-- CreateTable
CREATE TABLE "revocation_job" (
    "id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "invalidity_date" TIMESTAMPTZ(3),
    "total" INTEGER NOT NULL,
    "done" INTEGER NOT NULL DEFAULT 0,
    "changed" INTEGER NOT NULL DEFAULT 0,
    "state" "job_state" NOT NULL,
    "reason" SMALLINT NOT NULL,
    "requested_by" TEXT NOT NULL,
    "remote_address" TEXT,
    "failure" TEXT,
    "idempotency_key" TEXT,
    "selection" JSONB NOT NULL,

    CONSTRAINT "revocation_job_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "revocation_job_chunk" (
    "job_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "certificate_ids" UUID[],

    CONSTRAINT "revocation_job_chunk_pkey" PRIMARY KEY ("job_id","position")
);

-- CreateTable
CREATE TABLE "certificate_sighting" (
    "certificate_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "reported_by" TEXT NOT NULL,

    CONSTRAINT "certificate_sighting_pkey" PRIMARY KEY ("certificate_id")
);

-- CreateTable
CREATE TABLE "supersession" (
    "certificate_id" UUID NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "supersession_pkey" PRIMARY KEY ("certificate_id")
);

-- CreateIndex
CREATE UNIQUE INDEX "revocation_job_idempotency_key_key" ON "revocation_job"("idempotency_key");

-- CreateIndex
CREATE INDEX "supersession_due_at_idx" ON "supersession"("due_at");

-- AddForeignKey
ALTER TABLE "revocation_job_chunk" ADD CONSTRAINT "revocation_job_chunk_job_id_fkey" FOREIGN KEY ("job_id") REFERENCES "revocation_job"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What Prisma cannot say.

ALTER TABLE "revocation_job"
    ADD CONSTRAINT "revocation_job_progress" CHECK ("changed" <= "done" AND "done" <= "total"),
    ADD CONSTRAINT "revocation_job_finished" CHECK (("finished_at" IS NULL) = ("state" IN ('queued', 'running')));
-- The few that are under way, among all that ever were.
CREATE INDEX "revocation_job_unfinished_idx" ON "revocation_job" ("id") WHERE "finished_at" IS NULL;
