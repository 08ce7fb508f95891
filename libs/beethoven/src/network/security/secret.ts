import { randomBytes } from 'node:crypto';

/** By the measure below: 128 random bits come to 93 as base64url and 114 as hexadecimal digits on average, a password to 20 to 50. */
const STRONG = 72;

/** A new secret for a cluster: 256 random bits, as 43 characters that pass through shells, files and URLs unchanged. */
export function generateSecret(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * Whether a secret is too short, or of too few characters, to hold the chance that one should: length × log2 of the different characters.
 * Words look better to it than they are: no measure tells chance from a birthday.
 */
export function isWeakSecret(secret: string): boolean {
  const characters = Array.from(secret);
  return characters.length * Math.log2(new Set(characters).size) < STRONG;
}
