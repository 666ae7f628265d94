/** Where a command prints: results to `out`, messages to `err`. */
export interface Output {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
}

export const standardOutput: Output = {
  out: text => {
    process.stdout.write(text)
  },
  err: text => {
    process.stderr.write(text)
  },
}

export interface ConfigOption {
  readonly config?: readonly string[]
}
