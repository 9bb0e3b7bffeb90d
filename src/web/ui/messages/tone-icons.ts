import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react';

/** The icon of each tone: state is never told by colour alone. */
export const toneIcons = {
  success: CircleCheck,
  danger: CircleAlert,
  warning: TriangleAlert,
  neutral: Info,
  accent: Info,
} as const;
