-- What whoever opens a setup link may do: links of before make administrators, as they did.

-- AlterTable
ALTER TABLE "setup_token" ADD COLUMN     "role" TEXT NOT NULL DEFAULT 'administrator';
