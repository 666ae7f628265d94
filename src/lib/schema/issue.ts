export interface SchemaIssue {
  readonly path: readonly (string | number)[]
  /** The value found, shortened; never the value of a secret. */
  readonly found: string
  readonly expected: string
}
