import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

const PROBLEM = {
  type: 'object',
  description: 'RFC 9457; on /tmf-api paths with TMF630 `code`, `reason` and `message` beside it',
  required: ['type', 'title', 'status', 'detail', 'instance'],
  properties: {
    type: { type: 'string', format: 'uri', description: 'stable; its last segment is the code' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'what is wrong and what to do' },
    instance: { type: 'string', description: 'path of the request' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          pointer: { type: 'string', description: 'JSON Pointer into the body' },
          code: { type: 'string' },
          detail: { type: 'string' },
        },
      },
    },
  },
};

/** The OpenAPI 3.1 document of a service, made from its controllers; every operation may answer with a problem document. */
export function openApiDocument(app: INestApplication, title: string): OpenAPIObject {
  const base = new DocumentBuilder().setTitle(`Supping ${title}`).setVersion('1').setOpenAPIVersion('3.1.0').build();
  const document = SwaggerModule.createDocument(app, base);
  const problem = {
    description: 'A problem document',
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
  for (const path of Object.values(document.paths)) {
    for (const operation of [path.get, path.post, path.patch, path.put, path.delete]) {
      if (operation !== undefined) operation.responses = { ...operation.responses, default: problem };
    }
  }
  return { ...document, components: { ...document.components, schemas: { ...document.components?.schemas, Problem: PROBLEM } } };
}
