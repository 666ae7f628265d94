import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../support/folder.ts'

/** The fenced blocks of a page of deploy/ in that language, in order. */
export const fencesOf = (folder: string, language: string): readonly string[] =>
  [
    ...readFileSync(join(root, 'deploy', folder, 'README.md'), 'utf8').matchAll(
      new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'),
    ),
  ].map(([, text = '']) => text)
