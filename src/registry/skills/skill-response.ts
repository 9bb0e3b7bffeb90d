import type {
  SkillGetResponse,
  SkillListResponse,
  SkillSetResponse,
  SkillUploadResponse,
} from '@smithery/api/resources/skills';
import type { Skill } from './skill-store.ts';

// Nothing here rates skills, follows their use or asks GitHub for stars.
const UNKNOWN = {
  qualityScore: 0,
  externalStars: 0,
  externalForks: 0,
  totalActivations: 0,
  uniqueUsers: 0,
  verified: false,
};

/** A skill as `GET /skills` lists it. */
export function toListedSkill(skill: Skill): SkillListResponse & Omit<SkillGetResponse, 'owner'> {
  return {
    ...UNKNOWN,
    id: skill.id,
    namespace: skill.namespace,
    slug: skill.slug,
    displayName: skill.display_name,
    description: skill.description,
    prompt: skill.prompt,
    categories: skill.category === null ? [] : [skill.category],
    servers: [],
    gitUrl: skill.git_url,
    listed: skill.listed === 1,
    createdAt: skill.created_at,
  };
}

/** A skill as `GET /skills/{namespace}/{slug}` answers it. */
export function toSkillDetails(skill: Skill & { owner_id: string }): SkillGetResponse {
  return { ...toListedSkill(skill), owner: skill.owner_id };
}

/** A skill as it is answered once it was stored. */
export function toStoredSkill(skill: Skill): SkillSetResponse & SkillUploadResponse {
  return {
    id: skill.id,
    namespace: skill.namespace,
    slug: skill.slug,
    displayName: skill.display_name,
    description: skill.description,
    gitUrl: skill.git_url,
    externalStars: UNKNOWN.externalStars,
    listed: skill.listed === 1,
    createdAt: skill.created_at,
    updatedAt: skill.updated_at,
  };
}
