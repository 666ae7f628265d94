/** One configuration under load, the same for every system. */
export interface Scene {
  readonly door: 'http' | 'grpc'
  /** Who may call: everybody, or holders of a token that the issuer of the benchmark signed. */
  readonly callers: 'anonymous' | 'jwt'
  readonly rules: number
  /** What every rule does in addition. */
  readonly work?: Work
}

/**
 * Introspection and id_token with a warm cache; the others call a service for each request. `proxied`: the
 * request goes through the reverse proxy to a small upstream.
 */
export type Work = 'introspection' | 'id_token' | 'remote_json' | 'hydrator' | 'proxied'

/** The token that the load sends: none, the same each time, a new one each time. */
export interface Cell extends Scene {
  readonly name: string
  readonly token: 'none' | 'same' | 'new'
  readonly algorithm: 'RS256' | 'ES256'
  /** Of gRPC: connections, and calls at once on each; default 4 and 16. */
  readonly calls?: { readonly connections: number; readonly streams: number }
}

export interface Place {
  readonly folder: string
  readonly port: number
  /** Further ports that the system may open for itself. */
  readonly spare: readonly [number, number, number]
  readonly issuer: string
  readonly jwks: string
}

/** How to start a system in a scene; files are written before. */
export interface Launch {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** The part of an HTTP request's path before the path that is matched. */
  readonly prefix: string
  /** gRPC is on this unix socket, not on the port. */
  readonly socket?: string
}

export interface System {
  readonly name: string
  readonly doors: readonly Scene['door'][]
  /** In addition to the plain scenes. */
  readonly works: readonly Work[]
  /** Only these scenes: it is not a decision service. */
  readonly only?: readonly Work[]
  readonly prepare: (scene: Scene, place: Place) => Launch
}

/** The numbers that a load generator reports about one run. Times in milliseconds. */
export interface Load {
  readonly requests: number
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
  /** Answers that were not 2xx, and broken connections. */
  readonly failures: number
}

/** h2load notes each request. */
export interface DetailedLoad extends Load {
  readonly p999: number
}

export interface Measured extends Load {
  /** Microseconds of the server's CPU time per request, user and system, children included. */
  readonly cpu: number
  /** Resident bytes right after the start and right after the load. */
  readonly residentAtStart: number
  readonly residentAfter: number
  /** Milliseconds from the start of the process to its first right answer. */
  readonly startTime: number
}
