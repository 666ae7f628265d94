import { join } from 'node:path'
import type { StartProxy } from '../caller.ts'
import { type Example, startExample } from './example.ts'

export const startCaddy =
  (program: string): StartProxy =>
  (t, neighbours) =>
    startExample(t, caddy(program), neighbours)

export const caddy = (program: string): Example => ({
  folder: 'caddy',
  files: ['Caddyfile'],
  command: folder => [
    program,
    ...['run', '--adapter', 'caddyfile'],
    ...['--config', join(folder, 'Caddyfile')],
  ],
})
