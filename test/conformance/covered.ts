/** The scenarios that `conformance.test.ts` runs; it grows with the server. */
export const covered =
  /^(errors-|match-|authn-(anonymous|bearer|client|cookie|introspection|jwt|noop)|patterns-|authz-(allow|keto-(glob|migration)|remote)|config-(env|json|merge|refused)|api-(health|not-ready|rules-pag)|mutator-|templates-(print|control)|rules-(inline|odd|plain|several|yaml))/
