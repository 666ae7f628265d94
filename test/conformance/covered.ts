/** The scenarios that `conformance.test.ts` runs: all but those of parts that are yet to come. */
export const covered = /^(?!cors-|proxy-|tls-)/
