import { type FileHandle, open, readdir, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { watchPath } from '../../lib/watch-path.ts'
import { mostBytes, type Source, type SourceDocument, unavailable } from './contract.ts'

/** A file of this machine; or a folder: every rule document in it, in the order of their names. */
export const fileSource = (location: string, path: string): Source => ({
  location,
  shown: location,
  reach: 'file',
  read: async () => {
    try {
      return { kind: 'documents', documents: await documentsOf(path) }
    } catch (error) {
      return unavailable(error instanceof Error ? error.message : String(error))
    }
  },
  watch: onChange => watchPath(path, onChange),
})

async function documentsOf(path: string): Promise<readonly SourceDocument[]> {
  const stats = await stat(path)
  if (stats.isDirectory()) return documentsIn(path)
  // A pipe would be waited for, and a device may never end.
  if (!stats.isFile()) throw new Error(`"${path}" is neither a regular file nor a folder`)
  return [{ name: '', bytes: await readWhole(path) }]
}

const endings = new Set(['.json', '.yaml', '.yml'])

/** What begins with a dot is not meant to be seen: editors' copies, Kubernetes' own folders. */
const isDocument = (name: string): boolean =>
  !name.startsWith('.') && endings.has(extname(name).toLowerCase())

async function documentsIn(folder: string): Promise<readonly SourceDocument[]> {
  const documents: SourceDocument[] = []
  for (const name of (await readdir(folder)).filter(isDocument).sort()) {
    const path = join(folder, name)
    if ((await stat(path)).isFile()) documents.push({ name, bytes: await readWhole(path) })
  }
  // Containers make an empty folder of a file that is missing outside.
  if (documents.length === 0) throw new Error(`the folder "${folder}" has no rule document in it`)
  return documents
}

const tries = 5
const pauseBetween = 20

/** The file as it was at one moment: what somebody writes at the same time is read again. */
async function readWhole(path: string): Promise<Uint8Array> {
  const handle = await open(path)
  try {
    for (let left = tries; left > 0; left--) {
      const bytes = await readStable(handle)
      if (bytes !== undefined) return bytes
      await setTimeout(pauseBetween)
    }
  } finally {
    await handle.close()
  }
  throw new Error(`"${path}" is being written`)
}

async function readStable(handle: FileHandle): Promise<Uint8Array | undefined> {
  const before = await handle.stat()
  if (before.size > mostBytes) throw new Error(`more than ${mostBytes} bytes`)
  const bytes = await readBytes(handle, before.size)
  const after = await handle.stat()
  const isWhole =
    bytes.length === before.size && after.size === before.size && after.mtimeMs === before.mtimeMs
  return isWhole ? bytes : undefined
}

async function readBytes(handle: FileHandle, size: number): Promise<Buffer> {
  const bytes = Buffer.alloc(size)
  let filled = 0
  while (filled < size) {
    const { bytesRead } = await handle.read(bytes, filled, size - filled, filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return bytes.subarray(0, filled)
}
