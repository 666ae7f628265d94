/** The most that is read, in bytes. */
const most = 16 * 1024 * 1024

/** All of standard input as text; undefined: it is longer than that, or not UTF-8. */
export async function readStandardInput(
  input: AsyncIterable<Buffer | string> = process.stdin,
): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of input) {
    const bytes = Buffer.from(chunk)
    length += bytes.length
    if (length > most) return undefined
    chunks.push(bytes)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
  } catch {
    return undefined
  }
}
