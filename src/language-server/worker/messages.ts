/** What the server and the process that checks files tell each other. */
import type { Diagnostic } from 'vscode-languageserver-types'
import type { Fix } from '../../insight/lint/draft.ts'

/** Absolute paths. */
export interface Workspace {
  /** The folders that the editor has opened. */
  readonly roots: readonly string[]
  /** The configuration that the settings name; empty: it is looked for. */
  readonly config: readonly string[]
  /** What relative locations of rules begin at; undefined: it is found out. */
  readonly folder: string | undefined
}

export interface Job {
  readonly id: number
  /** `check`: what is wrong with the file and those that belong to it; `test`: runs the tests in it. */
  readonly kind: 'check' | 'test'
  readonly file: string
  readonly workspace: Workspace
  /** What the editor shows, by path. */
  readonly texts: ReadonlyMap<string, string>
}

/** A diagnostic, and what can be done about it. */
export interface Note {
  readonly diagnostic: Diagnostic
  /** The line can be changed so that the finding goes, which never lets more requests in. */
  readonly fix?: Fix | undefined
  /** A finding of lint, which a comment can switch off. */
  readonly isFinding?: boolean
}

export interface FileNotes {
  readonly path: string
  readonly notes: readonly Note[]
}

export const stages = ['authenticators', 'authorizers', 'mutators', 'errors'] as const
export type Stage = (typeof stages)[number]

/** What can be named in a file. */
export interface Names {
  /** The handlers that the configuration enables. */
  readonly handlers: Readonly<Record<Stage, readonly string[]>>
  /** The ids of its rules. */
  readonly rules: readonly string[]
}

export type FileKind = 'config' | 'rules' | 'test' | 'other'

export interface Checked {
  readonly kind: FileKind
  /** The file, and others that the editor shows and that the same configuration has. */
  readonly files: readonly FileNotes[]
  /** undefined: no configuration was found, or it is not valid. */
  readonly names: Names | undefined
}

export interface Tested {
  readonly notes: readonly Note[]
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** Why some could not be run; not secret. */
  readonly problems: readonly string[]
}

export interface Outcome {
  readonly id: number
  readonly checked?: Checked
  readonly tested?: Tested
  /** A bug, or a file that cannot be handled. */
  readonly failed?: string
}
