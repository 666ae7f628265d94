const others: Readonly<Record<string, number>> = {
  heimdall: 1,
  oathkeeper: 2,
  'no check': 2,
  'jwt_authn and rbac': 3,
  'oarlock, 2 workers': 4,
  'oarlock, unix socket': 4,
}

/** A system has the same colour in all charts: the class of `svg.ts`. */
export const colourOf = (system: string): string => `s${others[system] ?? 0}`
