import { join } from 'node:path'
import type { StartProxy } from '../caller.ts'
import { type Example, startExample } from './example.ts'
import { systemProgram } from './programs.ts'

/** `edit` changes its files further. */
export const startHaproxy =
  (edit?: (text: string) => string): StartProxy =>
  (t, neighbours) =>
    startExample(t, { ...haproxy, ...(edit === undefined ? {} : { edit }) }, neighbours)

export const haproxy: Example = {
  folder: 'haproxy',
  files: ['haproxy.cfg', 'oarlock.lua'],
  command: folder => [systemProgram('haproxy'), ...['-db', '-f', join(folder, 'haproxy.cfg')]],
}
