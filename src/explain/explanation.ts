/** What `explain` finds out, in the form of its JSON (docs/schemas/explain.schema.json). JavaScript text. */

export interface Explanation {
  readonly request: MatchedRequest
  /** The only rule that matched; null: none, or several. */
  readonly rule: string | null
  readonly outcome: ExplainedOutcome
  readonly candidates: readonly ExplainedCandidate[]
  readonly nearest: readonly { readonly rule: string; readonly misses: readonly string[] }[]
  readonly steps: readonly StepText[]
  readonly headers: {
    /** For the upstream; values of credentials are masked. */
    readonly set: Readonly<Record<string, string>>
    readonly removed: readonly string[]
    readonly owned: readonly string[]
  }
  readonly answers: Readonly<Record<string, AnswerText>>
}

export interface ExplainedOutcome {
  readonly kind: 'allow' | 'deny' | 'error' | 'undecided'
  /** Of a denial: its code in docs/errors.md. */
  readonly code?: string
  readonly reason?: string
  /** Calls that were not made, and on which the outcome depends. */
  readonly missing: readonly string[]
}

export interface MatchedRequest {
  readonly door: string
  readonly method: string
  /** As it was matched: scheme, host and path. null: the door refused the request. */
  readonly url: string | null
  /** As it was sent; values of the query are masked. */
  readonly sent: string
  /** How the one became the other, a sentence each. */
  readonly changes: readonly string[]
}

export interface ExplainedCandidate {
  readonly rule: string
  readonly default?: true
  readonly parts: readonly {
    readonly part: string
    readonly hit: boolean
    /** Of a miss: where in `request.url` the pattern stopped, in UTF-16 units. */
    readonly at?: number
    /** What the rule wants, as written. */
    readonly expected: string
  }[]
}

export interface StepText {
  readonly stage: string
  /** null: a group of authorizers. */
  readonly handler: string | null
  readonly branch?: string
  readonly outcome: string
  readonly reason?: string
  readonly us: number
  readonly reads: readonly string[]
}

export interface AnswerText {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly removed: readonly string[]
  readonly response_headers: Readonly<Record<string, string>>
  readonly body?: string
  /** Of the proxy: the URL that the request goes to. */
  readonly target?: string
}
