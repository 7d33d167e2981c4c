-- Keys that the operator blocks: in the row by which steps 6 and 8 hold their keys, so that they need no further look-up.

-- AlterTable
ALTER TABLE "key_holder" ADD COLUMN     "block_reason" TEXT,
ADD COLUMN     "blocked_at" TIMESTAMPTZ(3),
ADD COLUMN     "blocked_by" TEXT;

-- What Prisma cannot say.

ALTER TABLE "key_holder" ADD CONSTRAINT "key_holder_block"
    CHECK (("blocked_at" IS NULL) = ("blocked_by" IS NULL) AND ("blocked_at" IS NULL) = ("block_reason" IS NULL));
-- For the listing: the few among all that are held.
CREATE INDEX "key_holder_blocked_idx" ON "key_holder" ("blocked_at", "public_key_sha256") WHERE "blocked_at" IS NOT NULL;
