import { join } from 'node:path'
import type { StartProxy } from '../caller.ts'
import { startExample } from './example.ts'

export const startCaddy =
  (program: string): StartProxy =>
  (t, neighbours) =>
    startExample(
      t,
      {
        folder: 'caddy',
        files: ['Caddyfile'],
        command: folder => [
          program,
          ...['run', '--adapter', 'caddyfile'],
          ...['--config', join(folder, 'Caddyfile')],
        ],
      },
      neighbours,
    )
