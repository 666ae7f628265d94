import { readdir, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { openTextOf } from '../../../lib/open-texts.ts'
import { readablePath } from '../../../lib/reach.ts'
import { readStableFile } from '../../../lib/read-stable-file.ts'
import { watchPath } from '../../../lib/watch-path.ts'
import { mostBytes, type Source, type SourceDocument, unavailable } from './contract.ts'

/** A file of this machine, or a folder: all rule documents in it, in the order of their names. */
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
  // An editor may show a file that was never written.
  if (openTextOf(path) !== undefined) return [await documentAt(path, '')]
  const stats = await stat(readablePath(path))
  if (stats.isDirectory()) return documentsIn(path)
  // Reading a pipe could block, and a device may never end.
  if (!stats.isFile()) throw new Error(`"${path}" is neither a regular file nor a folder`)
  return [await documentAt(path, '')]
}

const documentAt = async (path: string, name: string): Promise<SourceDocument> => ({
  name,
  path,
  bytes: await readStableFile(path, mostBytes),
})

const endings = new Set(['.json', '.yaml', '.yml'])

/** Skips names that begin with a dot: editors' copies and Kubernetes' own folders. */
const isDocument = (name: string): boolean =>
  !name.startsWith('.') && endings.has(extname(name).toLowerCase())

async function documentsIn(folder: string): Promise<readonly SourceDocument[]> {
  const documents: SourceDocument[] = []
  for (const name of (await readdir(readablePath(folder))).filter(isDocument).sort()) {
    const path = join(folder, name)
    if ((await stat(readablePath(path))).isFile()) documents.push(await documentAt(path, name))
  }
  // A container runtime creates an empty folder when the mounted file does not exist on the host.
  if (documents.length === 0) throw new Error(`the folder "${folder}" contains no rule document`)
  return documents
}
