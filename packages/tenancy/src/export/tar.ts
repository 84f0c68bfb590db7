const blockBytes = 512;

/**
 * A file as it stands in a tar archive (POSIX.1-1988 ustar): its header, its bytes, and zeros up to the next block.
 *
 * @param name 100 bytes at most
 */
export function tarMember(name: string, content: Buffer, modifiedAt: Date): Buffer[] {
  const padding = (blockBytes - (content.length % blockBytes)) % blockBytes;
  return [header(name, content.length, modifiedAt), content, Buffer.alloc(padding)];
}

/** What ends an archive. */
export const tarEnd = Buffer.alloc(2 * blockBytes);

function header(name: string, size: number, modifiedAt: Date): Buffer {
  const block = Buffer.alloc(blockBytes);
  if (Buffer.byteLength(name) > 100) throw new RangeError(`A name in a tar archive is too long: ${name}`);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, "0")}\0`;
  block.write(name, 0);
  block.write(octal(0o600, 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  block.write(octal(size, 11), 124);
  block.write(octal(Math.floor(modifiedAt.getTime() / 1000), 11), 136);
  // The sum is over the header with blanks in its own place.
  block.write(" ".repeat(8), 148);
  block.write("0", 156);
  block.write("ustar\u000000", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}
