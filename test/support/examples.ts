import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './folder.ts'

/** Files of that name below the examples, relative to the root. */
export const filesNamed = (name: RegExp): readonly string[] =>
  ['deploy', 'envoy-examples'].flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter(path => name.test(path))
      .map(path => `${folder}/${path}`)
      .sort(),
  )

/** Configurations of the examples. */
export const configurations = filesNamed(/(?:^|\/)oarlock\.yaml$/)
