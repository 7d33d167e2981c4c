/**
 * Closes a connection whose client is still sending, in a way that lets it read the answer (RFC 9112 §9.6): our side is
 * closed, what still comes is read and dropped, and after a bounded while the socket is destroyed. Destroying it at once
 * would reset the connection, and the reset can overtake the answer.
 */
import type { Socket } from 'node:net';

const tickMilliseconds = 250;
const longestMilliseconds = 5_000;
const longestSilenceMilliseconds = 2_000;
const mostBytes = 32 * 1024 * 1024;

export function lingeringClose(socket: Socket): void {
  if (socket.destroyed) return;
  const bytesAtStart = socket.bytesRead;
  let bytesBefore = bytesAtStart;
  let elapsed = 0;
  let silence = 0;
  const timer = setInterval(() => {
    elapsed += tickMilliseconds;
    silence = socket.bytesRead === bytesBefore ? silence + tickMilliseconds : 0;
    bytesBefore = socket.bytesRead;
    if (
      elapsed >= longestMilliseconds ||
      silence >= longestSilenceMilliseconds ||
      bytesBefore - bytesAtStart > mostBytes
    ) {
      socket.destroy();
    }
  }, tickMilliseconds);
  socket.once('close', () => clearInterval(timer));
  socket.once('end', () => socket.destroy());
  socket.end();
  socket.resume();
}
