/** Every limit of the server in one place. What is above a limit is refused clearly, never cut. */
export const limits = {
  /**
   * Octets of memory that one Diameter message takes, as received and decoded together; one that takes more is 5012.
   * The least that may be configured.
   */
  diameterMessageOctets: 131_072,
  /** A message that leaves less of that for what is read from it ends the connection. */
  diameterMessageReserve: 4_096,
  /** The most that may be configured for it. */
  diameterMessageOctetsMax: 524_288,
  /** Grouped AVPs within grouped AVPs. */
  diameterDepth: 12,
  /** AVPs in one message, at all depths. */
  diameterAvps: 4_096,
  /** Multiple-Services-Credit-Control AVPs in one request. */
  usagesPerRequest: 128,
  /** Octets of a Session-Id, with its sub-session. */
  sessionIdOctets: 512,
  /** Connections from one address. */
  connectionsPerAddress: 1_024,
  /** From the connection to its CER. */
  capabilitiesExchangeMs: 10_000,
  /** Requests of one connection that wait for their answers. */
  inFlightPerConnection: 16_384,
  /** Answers that an open session keeps. */
  answersPerSession: 16,
  /** Debits of the events of one session id that may still be given back. */
  refundableDebits: 64,
  /** Terminated sessions whose answers a process remembers, for repeats that come after the end. */
  closedAnswers: 20_000,
  /** Due sessions closed in one decision. */
  dueSessions: 64,
  /** Lines whose own fees are due that pay in one decision. */
  dueLines: 128,
  /** Open sessions of one account. */
  sessionsPerAccount: 1_000_000,
  /** Lines opened with one account in one request. */
  linesPerRequest: 10_000,
  /** Subscriptions of single lines of one account that give to all lines: each commit of the account writes them. */
  sharingSubscriptionsPerAccount: 256,
  /** Different sets of offers that lines of one account have for themselves: each commit of the account writes them. */
  ownOfferSetsPerAccount: 1_024,
  /** Requests decided and committed together in one lane. */
  requestsPerDecision: 64,
  /** Commits in one call of the store: more amortise its cost, fewer let it begin while others are decided. */
  commitsPerGroup: 32,
  /** Documents or claims asked of the store in one call. */
  lookupsPerGroup: 256,
  /** A request is answered within this time, with 3004 or 503 if the store is away. */
  requestDeadlineMs: 4_000,
  /** Receipts of closed sessions are kept so long. */
  receiptHours: 24,
  /** Receipts of operations by idempotency key are kept so long. */
  operationSeconds: 7 * 86_400,
  /** Octets that the usage journal of a process may take on disk. */
  journalOctets: 1_073_741_824,
  /** Characters of the charging information blocks that a session keeps for its CDR, as JSON. */
  informationCharacters: 16_384,
  /** Octets of the body of an Nchf request; a larger one is answered 413. */
  nchfBodyOctets: 1_048_576,
  /** Levels of objects and lists in the body of an Nchf request, where it is long. */
  nchfBodyDepth: 128,
  /** The body of an Nchf request has this time to arrive. */
  nchfBodyMs: 30_000,
  /** Nchf requests that one connection may have open at a time (SETTINGS_MAX_CONCURRENT_STREAMS). */
  nchfStreams: 1_024,
  /** Octets of the headers of an Nchf request. */
  nchfHeaderOctets: 16_384,
  /** Nchf requests that wait for their answers: above, no new sessions and events are taken. */
  nchfInFlight: 16_384,
  /** Octets of a ChargingDataRef in a path. */
  nchfReferenceOctets: 128,
  /** Octets of a body of the HTTP API. */
  apiBodyOctets: 1_048_576
} as const
