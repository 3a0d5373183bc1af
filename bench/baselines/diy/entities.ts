import { Column, Entity, Index, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';

@Entity('diy_order')
export class OrderEntity {
  @PrimaryColumn('text')
  id!: string;

  @Column('int', { default: 0 })
  lastSequence!: number;
}

@Entity('diy_supplement')
@Index(['orderId', 'sequence'], { unique: true })
export class SupplementEntity {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  orderId!: string;

  @Column('int')
  sequence!: number;

  @Column('timestamptz')
  submittedAt!: string;

  @Column('jsonb')
  request!: object;
}

@Entity('diy_effective_order')
export class EffectiveOrderEntity {
  @PrimaryColumn('text')
  orderId!: string;

  @Column('int')
  revision!: number;

  @Column('int')
  sequence!: number;

  @Column('jsonb')
  document!: object;
}

@Entity('diy_revision')
export class RevisionEntity {
  @PrimaryColumn('text')
  orderId!: string;

  @PrimaryColumn('int')
  revision!: number;

  @Column('jsonb')
  body!: object;
}

/** Each service has its own, by its name. */
@Entity('diy_outbox')
export class OutboxEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  seq!: string;

  @Column('text')
  owner!: string;

  @Column('text')
  routingKey!: string;

  @Column('jsonb')
  message!: object;
}

export const ENTITIES = [OrderEntity, SupplementEntity, EffectiveOrderEntity, RevisionEntity, OutboxEntity];
