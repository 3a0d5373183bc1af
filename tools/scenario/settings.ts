/** A setting that keeps the player from playing; the message is one line that names it. */
export class SettingError extends Error {
  constructor(setting: string, detail: string) {
    super(`${setting}: ${detail}`);
    this.name = 'SettingError';
  }
}

export const SERVICES = ['order-service', 'supp-service', 'merger-worker'] as const;
export type ServiceName = (typeof SERVICES)[number];

export const URL_SETTING: Readonly<Record<ServiceName, string>> = {
  'order-service': 'ORDER_SERVICE_URL',
  'supp-service': 'SUPP_SERVICE_URL',
  'merger-worker': 'MERGER_WORKER_URL',
};
const FALLBACK: Readonly<Record<ServiceName, string>> = {
  'order-service': 'http://localhost:3001',
  'supp-service': 'http://localhost:3002',
  'merger-worker': 'http://localhost:3003',
};

export interface Settings {
  readonly urls: Readonly<Record<ServiceName, string>>;
  readonly amqpUrl: string;
  /** The topic exchange that events go to. */
  readonly exchange: string;
}

function url(env: NodeJS.ProcessEnv, setting: string, fallback: string, protocols: readonly string[]): string {
  const raw = (env[setting] || fallback).replace(/\/+$/, '');
  if (URL.canParse(raw) && protocols.includes(new URL(raw).protocol)) return raw;
  throw new SettingError(setting, `not a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`);
}

/** The player's settings from the environment. @throws SettingError naming the first that cannot be used */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const urls = Object.fromEntries(SERVICES.map((name) => [name, url(env, URL_SETTING[name], FALLBACK[name], ['http:', 'https:'])]));
  return {
    urls: urls as Record<ServiceName, string>,
    amqpUrl: url(env, 'AMQP_URL', 'amqp://guest:guest@localhost:5672', ['amqp:', 'amqps:']),
    exchange: `${env.SUPPING_PREFIX || 'supping.'}events`,
  };
}
