import { join } from 'node:path'
import type { StartProxy } from '../caller.ts'
import { startExample } from './example.ts'
import { ownProgram } from './programs.ts'

export const startTraefik: StartProxy = (t, neighbours) => startExample(t, traefik, neighbours)

export const traefik = {
  folder: 'traefik',
  files: ['traefik.yaml', 'dynamic.yaml'],
  edit: (text: string, folder: string) => text.replaceAll('deploy/traefik', folder),
  command: (folder: string) =>
    [ownProgram('traefik'), `--configFile=${join(folder, 'traefik.yaml')}`] as const,
}
