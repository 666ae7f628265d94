/** The types of a case file, as the YAML reader returns them, and of what the runner makes of an answer. */

export type Data =
  | null
  | boolean
  | number
  | string
  | readonly Data[]
  | { readonly [key: string]: Data }
export type DataMap = Readonly<Record<string, Data>>

/** Headers as a case writes them: a map (values may be lists) or a list of pairs. */
export type WrittenHeaders =
  | Readonly<Record<string, string | readonly string[]>>
  | readonly (readonly [string, string])[]
export type Pair = readonly [name: string, value: string]

export interface Answer {
  readonly status?: number
  readonly headers?: WrittenHeaders
  readonly body?: string
  readonly json?: Data
  readonly merge_json?: Data
  readonly chunked?: readonly string[]
  readonly delay_ms?: number
  readonly close?: boolean
}

export interface Route extends Answer {
  readonly path?: string
  readonly method?: string
  readonly header_contains?: Readonly<Record<string, string>>
  readonly body_contains?: string
  readonly sequence?: readonly Answer[]
}

export type Port = 'api' | 'proxy' | 'metrics'

export interface Request {
  readonly id?: string
  readonly to?: Port
  readonly method?: string
  readonly path?: string
  readonly http?: string
  readonly host?: string
  readonly headers?: WrittenHeaders
  readonly body?: string
  readonly json?: Data
  readonly chunks?: readonly string[]
  readonly raw?: string
  readonly ignore?: readonly string[]
  readonly settle_calls_ms?: number
  readonly calls?: 'unique'
}

export interface Step extends Request {
  readonly expect?: DataMap
  readonly sleep_ms?: number
  readonly write_file?: Readonly<Record<string, Data>>
  readonly remove_file?: string
  readonly until_changed?: Request
  readonly settle_ms?: number
}

export interface TemplateTable {
  readonly path?: string
  readonly headers?: WrittenHeaders
  readonly ignore?: readonly string[]
  readonly authenticators: Data
  readonly cases: readonly { readonly t: string; readonly expect?: DataMap }[]
}

export interface PatternTable {
  readonly cases: readonly {
    readonly url: string
    readonly probes: readonly { readonly u: string; readonly expect?: DataMap }[]
  }[]
}

export interface Scenario {
  readonly area?: string
  readonly config?: DataMap
  readonly config_format?: 'json' | 'yaml'
  readonly rules?: readonly Data[]
  readonly rules_file?: string
  readonly files?: Readonly<Record<string, Data>>
  readonly env?: DataMap
  readonly ports_from_env?: readonly string[]
  readonly tls?: readonly Port[]
  readonly stubs?: Readonly<Record<string, { readonly routes?: readonly Route[] }>>
  readonly steps?: readonly Step[]
  readonly ignore?: readonly string[]
  readonly templates?: TemplateTable
  readonly patterns?: PatternTable
  readonly start?: DataMap
  readonly wait?: 'alive'
  readonly settle_ms?: number
}

/** One check that did not give the recorded answer; `diff` is one line per difference. */
export interface Miss {
  readonly check: string
  readonly diff: readonly string[]
}

export interface Result {
  readonly scenario: string
  readonly passed: number
  readonly misses: readonly Miss[]
}
