/** What is left in the processes of the program after a full collection. */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../support/folder.ts'
import { kill } from '../support/processes.ts'
import { until } from '../support/until.ts'

/** Variables with which the program answers `collectedOf`; `heap` bounds its old space, in MiB. */
export const collectingIn = (folder: string, heap: number): Readonly<Record<string, string>> => ({
  HEAP_FOLDER: folder,
  NODE_OPTIONS: `--import ${join(root, 'test/support/collected-heap.mjs')} --max-old-space-size=${heap}`,
})

/** Bytes of heap and buffers; 0 when it ends meanwhile. */
export async function collectedOf(folder: string, pid: number): Promise<number> {
  const file = join(folder, String(pid))
  rmSync(file, { force: true })
  if (!kill(pid, 'SIGUSR2')) return 0
  await until(() => existsSync(file), `${pid} has collected its garbage`)
  return Number(readFileSync(file, 'utf8'))
}
