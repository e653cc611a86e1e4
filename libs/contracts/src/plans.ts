import { z } from 'zod';

/** The plans of S4.1. Enterprise can be bought by card, but the page offers sales first (S5, S7). */
export const planNames = ['starter', 'pro', 'enterprise'] as const;
export const Plan = z.enum(planNames);
export type Plan = z.infer<typeof Plan>;

export interface PlanTerms {
  /** What a customer reads on the plans page. */
  title: string;
  /** Stripe finds the price by this key, so that price ids differ per account without a deployment. */
  priceLookupKey: string;
  priceCentsPerMonth: number;
  limits: {
    documentsMax: number;
    queriesPerMonthMax: number;
    apiKeysMax: number;
    queriesPerMinuteMax: number;
  };
  models: { embedding: string; chat: string };
  featuresEnabled: string[];
}

/** S4.3 gave every plan the same limits; here each has its own (FEATURES section 5, trap 12). */
export const plans: Record<Plan, PlanTerms> = {
  starter: {
    title: 'Starter',
    priceLookupKey: 'starter_monthly',
    priceCentsPerMonth: 4_900,
    limits: { documentsMax: 1_000, queriesPerMonthMax: 10_000, apiKeysMax: 2, queriesPerMinuteMax: 60 },
    models: { embedding: 'text-embedding-3-small', chat: 'gpt-4o-mini' },
    featuresEnabled: ['basic_rag', 'semantic_search'],
  },
  pro: {
    title: 'Pro',
    priceLookupKey: 'pro_monthly',
    priceCentsPerMonth: 19_900,
    limits: { documentsMax: 10_000, queriesPerMonthMax: 100_000, apiKeysMax: 10, queriesPerMinuteMax: 300 },
    models: { embedding: 'text-embedding-3-small', chat: 'gpt-4o-mini' },
    featuresEnabled: ['basic_rag', 'semantic_search', 'api_access', 'usage_export'],
  },
  enterprise: {
    title: 'Enterprise',
    priceLookupKey: 'enterprise_monthly',
    priceCentsPerMonth: 99_900,
    limits: { documentsMax: 100_000, queriesPerMonthMax: 1_000_000, apiKeysMax: 50, queriesPerMinuteMax: 1_200 },
    models: { embedding: 'text-embedding-3-small', chat: 'gpt-4o' },
    featuresEnabled: ['basic_rag', 'semantic_search', 'api_access', 'usage_export', 'priority_support'],
  },
};

/** Days before the first charge (S4.1). */
export const trialDays = 14;

/** Dimensions of every vector we store; the Pinecone index is created with the same number (S4.3). */
export const embeddingDimensions = 1_536;
