import { join } from 'node:path'
import type { StartProxy } from '../caller.ts'
import { type Example, startExample } from './example.ts'
import { systemProgram } from './programs.ts'

export const startNginx: StartProxy = (t, neighbours) => startExample(t, nginx, neighbours)

export const nginx: Example = {
  folder: 'nginx',
  files: ['nginx.conf', 'oarlock.conf'],
  command: folder => nginxIn(folder),
}

/** Starts nginx on the `nginx.conf` of a folder; nginx writes to that folder, too. */
export const nginxIn = (folder: string) =>
  [
    systemProgram('nginx'),
    ...['-e', 'stderr'],
    ...['-p', folder, '-c', join(folder, 'nginx.conf')],
  ] as const
