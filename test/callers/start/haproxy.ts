import { join } from 'node:path'
import type { StartProxy } from '../caller.ts'
import { startExample } from './example.ts'
import { systemProgram } from './programs.ts'

/** `edit` changes its files further. */
export const startHaproxy =
  (edit?: (text: string) => string): StartProxy =>
  (t, neighbours) =>
    startExample(
      t,
      {
        folder: 'haproxy',
        files: ['haproxy.cfg', 'oarlock.lua'],
        ...(edit === undefined ? {} : { edit }),
        command: folder => [
          systemProgram('haproxy'),
          ...['-db', '-f', join(folder, 'haproxy.cfg')],
        ],
      },
      neighbours,
    )
