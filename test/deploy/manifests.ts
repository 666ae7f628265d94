/** Resources of Kubernetes in the folder `deploy`. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { root } from '../support/folder.ts'

export const deploy = join(root, 'deploy')

/** The text of a file of the folder `deploy`. */
export const read = (...path: readonly string[]): string =>
  readFileSync(join(deploy, ...path), 'utf8')

export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
  }
  readonly data?: Readonly<Record<string, string>>
}

/** The resources of a YAML stream; empty documents are left out. */
export const manifestsIn = (text: string): readonly Manifest[] =>
  parseAllDocuments(text)
    .map(document => document.toJS() as Manifest | null)
    .filter(manifest => manifest !== null)
