import type { JsonObject } from '#order-model';

/** A plausible order: a dedicated internet access with a router, attributes that TMF622 does not name included. */
export function internetAccess(externalId: string): JsonObject {
  return {
    externalId,
    '@type': 'CarrierOrder',
    requestedCompletionDate: '2027-02-01T00:00:00Z',
    projectCode: { region: 'west', wave: [1, 2, { night: true }] },
    relatedParty: [{ id: 'cust-1', role: 'customer', '@referredType': 'Organization' }],
    productOrderItem: [
      {
        id: '1',
        action: 'add',
        product: {
          productConfiguration: { '@type': 'dia', mtu: 1500, empty: [] },
          productCharacteristic: [
            { name: 'demarc.floor', value: '2' },
            { name: 'bandwidth', value: '500M' },
          ],
        },
      },
      {
        id: '2',
        action: 'add',
        productOffering: { id: 'ROUTER' },
        productOrderItemRelationship: [{ id: '1', relationshipType: 'reliesOn' }],
      },
    ],
  };
}

/** A supplement that sets one characteristic of item 1. */
export function characteristic(name: string, value: string): JsonObject {
  return {
    category: 'technicalDetail',
    changes: { productOrderItem: [{ id: '1', intent: 'amend', product: { productCharacteristic: [{ name, value }] } }] },
  };
}
