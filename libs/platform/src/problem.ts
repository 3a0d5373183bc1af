/** One fault inside a request; `pointer` is a JSON Pointer into the body. */
export interface ProblemFault {
  readonly pointer?: string | undefined;
  readonly code: string;
  readonly detail: string;
}

/** One token of a JSON Pointer (RFC 6901 §3). */
export function pointerToken(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

interface ProblemOptions {
  readonly errors?: readonly ProblemFault[];
  /** Further members of the problem document (RFC 9457 §3.2). */
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer other than 2xx, told as a problem document (RFC 9457). `code` is the last segment of its `type`. */
export class ProblemError extends Error {
  readonly errors: readonly ProblemFault[] | undefined;
  readonly extra: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    options: ProblemOptions = {},
  ) {
    super(detail);
    this.name = 'ProblemError';
    this.errors = options.errors;
    this.extra = options.extra ?? {};
    this.headers = options.headers ?? {};
  }
}

export const PROBLEM_BASE = 'https://supping.io/problems/';

const sentence = (code: string): string => code.charAt(0).toUpperCase() + code.slice(1).replaceAll('-', ' ');

/**
 * The body of a problem document (RFC 9457); on TMF paths with TMF630's `code`, `reason` and `message` beside it.
 * @param instance the path of the request.
 */
export function problemDocument(problem: ProblemError, instance: string): Record<string, unknown> {
  const tmf = instance.startsWith('/tmf-api/') ? { code: problem.code, reason: sentence(problem.code), message: problem.message } : {};
  return {
    type: PROBLEM_BASE + problem.code,
    title: sentence(problem.code),
    status: problem.status,
    detail: problem.message,
    instance,
    ...tmf,
    ...problem.extra,
    ...(problem.errors === undefined ? {} : { errors: problem.errors }),
  };
}

/** A hostile body can hold a million faults; nobody reads more than these. */
export const MOST_FAULTS = 1_000;

/** 400 with every fault of a body, the first thousand of them. */
export function invalidBody(faults: readonly ProblemFault[]): ProblemError {
  const [first] = faults;
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more, see errors)` : '';
  const detail = first === undefined ? 'the body is not valid' : `${first.pointer || 'the body'}: ${first.detail}${more}`;
  return new ProblemError(400, 'invalid-body', detail, { errors: faults.slice(0, MOST_FAULTS) });
}

export function notFound(what: string): ProblemError {
  return new ProblemError(404, 'not-found', what);
}

/** A busy or unavailable dependency: the caller may try again. */
export function unavailable(detail: string): ProblemError {
  return new ProblemError(503, 'unavailable', detail, { headers: { 'retry-after': '1' } });
}
