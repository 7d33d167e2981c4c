-- Under which transaction a client asked, where its protocol has such a thing: for finding what it did.

-- AlterTable
ALTER TABLE "enrollment_attempt" ADD COLUMN     "transaction_id" TEXT;

-- What Prisma cannot say.

-- Attempts without a transaction take no place in it.
CREATE INDEX "enrollment_attempt_transaction_id_idx" ON "enrollment_attempt" ("transaction_id")
    WHERE "transaction_id" IS NOT NULL;
