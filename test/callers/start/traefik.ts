import { join } from 'node:path'
import type { StartProxy } from '../caller.ts'
import { startExample } from './example.ts'
import { ownProgram } from './programs.ts'

export const startTraefik: StartProxy = (t, neighbours) =>
  startExample(
    t,
    {
      folder: 'traefik',
      files: ['traefik.yaml', 'dynamic.yaml'],
      edit: (text, folder) => text.replaceAll('deploy/traefik', folder),
      command: folder => [ownProgram('traefik'), `--configFile=${join(folder, 'traefik.yaml')}`],
    },
    neighbours,
  )
