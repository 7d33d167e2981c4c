-- Which names a request asked for that is not kept with its attempt; old attempts have none.

-- AlterTable
ALTER TABLE "enrollment_attempt" ADD COLUMN     "asked" JSONB;
