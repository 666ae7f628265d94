export interface SchemaIssue {
  readonly path: readonly (string | number)[]
  /** The value found, shortened; never the value of a secret. */
  readonly found: string
  readonly expected: string
}

/** An error of a compiled schema, as ajv makes it with `verbose`. */
export interface SchemaError {
  readonly keyword: string
  readonly instancePath: string
  readonly schemaPath: string
  readonly params: Readonly<Record<string, unknown>>
  readonly message?: string
  readonly parentSchema?: object
  readonly data?: unknown
}
