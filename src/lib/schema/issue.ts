export interface SchemaIssue {
  readonly path: readonly (string | number)[]
  /** What is there, shortened; never the value of a secret. */
  readonly found: string
  readonly expected: string
}
