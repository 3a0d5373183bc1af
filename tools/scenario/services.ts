import type { Json, JsonObject } from '#order-model';
import { isObject } from './scenario.js';
import { SERVICES, type ServiceName, SettingError, type Settings, URL_SETTING } from './settings.js';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json | undefined;
}

/** A service that does not answer, or answers what cannot be understood. */
export class ServiceError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ServiceError';
  }
}

const ANSWER_LIMIT_MS = 45_000;

function reasonOf(error: unknown): string {
  const { cause, message, name } = error as Error & { cause?: { code?: string; message?: string } };
  return name === 'TimeoutError' ? 'it took too long' : (cause?.code ?? cause?.message ?? message);
}

/** The three services by their public HTTP interfaces. */
export class Services {
  constructor(private readonly settings: Settings) {}

  /** One request. @throws ServiceError when no answer comes, or one that is not JSON */
  async call(service: ServiceName, method: string, path: string, body?: JsonObject, headers: Record<string, string> = {}): Promise<Answer> {
    const url = `${this.settings.urls[service]}${path}`;
    let answer: Response;
    let text: string;
    try {
      answer = await fetch(url, {
        method,
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
      });
      text = await answer.text();
    } catch (error) {
      throw new ServiceError(`${service} gave no answer to ${method} ${url} (${reasonOf(error)})`);
    }
    try {
      return { status: answer.status, headers: answer.headers, body: text === '' ? undefined : (JSON.parse(text) as Json) };
    } catch {
      throw new ServiceError(`${service} answered ${method} ${url} with ${answer.status} and no JSON: ${text.slice(0, 200)}`);
    }
  }

  /** A document that must be there. @returns `undefined` on 404 @throws ServiceError on any other answer but 200 */
  async read(service: ServiceName, path: string): Promise<{ body: JsonObject; headers: Headers } | undefined> {
    const { status, body, headers } = await this.call(service, 'GET', path);
    if (status === 404) return undefined;
    if (status === 200) return { body: body as JsonObject, headers };
    throw new ServiceError(`${service} answered GET ${path} with ${status}: ${problemsOf(body, status)[0]?.detail}`);
  }

  /** Every item of a cursor list, page after page (`Link: rel=next`). */
  async readAll(service: ServiceName, path: string): Promise<JsonObject[]> {
    const items: JsonObject[] = [];
    for (let next: string | undefined = path; next !== undefined; ) {
      const page: { body: JsonObject; headers: Headers } | undefined = await this.read(service, next);
      if (page === undefined) throw new ServiceError(`${service} knows nothing of ${next}`);
      items.push(...(page.body.items as JsonObject[]));
      next = /<([^>]+)>;\s*rel="?next"?/.exec(page.headers.get('link') ?? '')?.[1];
    }
    return items;
  }

  /** @throws SettingError in one line when one of the services cannot be reached or is not ready */
  async reach(): Promise<void> {
    for (const service of SERVICES) {
      const url = this.settings.urls[service];
      let status: number;
      try {
        status = (await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(5_000) })).status;
      } catch (error) {
        throw new SettingError(URL_SETTING[service], `nothing answers at ${url} (${reasonOf(error)}); run npm start first`);
      }
      if (status !== 200) {
        throw new SettingError(URL_SETTING[service], `${url}/health/ready answers ${status}; is that ${service}, and is its database up?`);
      }
    }
  }
}

/** Why something was refused: a stable code, the place where one is named, and a sentence. */
export interface Refusal {
  readonly code: string;
  readonly detail: string;
  readonly path?: string;
}

/** What a list of problems says, whether its members name the place by `path` or by `pointer`. */
export function refusalsOf(problems: Json | undefined): Refusal[] {
  if (!Array.isArray(problems)) return [];
  return problems.filter(isObject).map(({ code, detail, path, pointer }) => {
    const place = path ?? pointer;
    return { code: String(code), detail: String(detail ?? ''), ...(typeof place === 'string' ? { path: place } : {}) };
  });
}

/** The codes and sentences of a problem document (RFC 9457): its own, unless its `errors` say the same, then those. */
export function problemsOf(body: Json | undefined, status: number): Refusal[] {
  const document = isObject(body) ? body : {};
  const code =
    String(document.type ?? '')
      .split('/')
      .at(-1) || `http-${status}`;
  const errors = refusalsOf(document.errors);
  if (errors.some((error) => error.code === code)) return errors;
  return [{ code, detail: String(document.detail ?? document.title ?? `HTTP status ${status}`) }, ...errors];
}
