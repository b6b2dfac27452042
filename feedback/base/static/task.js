"use strict";
// A little computing, asked of whoever comes from a network that sends very much at once; see feedback/intake/domain/proof.py.
// crypto.subtle does not exist on plain http, so SHA-256 (FIPS 180-4) stands here for the one block that is needed.
const K = new Int32Array(64);
const START = new Int32Array(8);
const fraction = (root) => ((root - Math.floor(root)) * 2 ** 32) | 0;
for (let prime = 2, count = 0; count < 64; prime++) {
  let divisor = 2;
  while (prime % divisor) divisor++;
  if (divisor < prime) continue;
  if (count < 8) START[count] = fraction(Math.sqrt(prime));
  K[count++] = fraction(Math.cbrt(prime));
}

const words = new Int32Array(64);
const turn = (word, by) => (word >>> by) | (word << (32 - by));

/** The first 32 bits of the SHA-256 of a text of at most 55 ASCII symbols. */
const firstWord = (text) => {
  words.fill(0, 0, 16);
  for (let i = 0; i < text.length; i++) words[i >> 2] |= text.charCodeAt(i) << (24 - (i & 3) * 8);
  words[text.length >> 2] |= 0x80 << (24 - (text.length & 3) * 8);
  words[15] = text.length * 8;
  for (let i = 16; i < 64; i++) {
    const x = words[i - 15], y = words[i - 2];
    const s0 = turn(x, 7) ^ turn(x, 18) ^ (x >>> 3), s1 = turn(y, 17) ^ turn(y, 19) ^ (y >>> 10);
    words[i] = (words[i - 16] + s0 + words[i - 7] + s1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = START;
  for (let i = 0; i < 64; i++) {
    const choice = (e & f) ^ (~e & g), majority = (a & b) ^ (a & c) ^ (b & c);
    const t1 = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + choice + K[i] + words[i]) | 0;
    const t2 = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + majority) | 0;
    h = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
  }
  return (START[0] + a) >>> 0;
};

/** A number that makes the hash of "nonce.number" begin with so many zero bits; the page stays alive meanwhile. */
export const solve = async (nonce, bits) => {
  for (let number = 0; ; number++) {
    if (firstWord(`${nonce}.${number}`) >>> (32 - bits) === 0) return String(number);
    if (number % 4096 === 4095) await new Promise((done) => setTimeout(done));
  }
};
