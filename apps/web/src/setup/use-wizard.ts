import { useQuery } from '@tanstack/react-query';
import { answer, signup } from '../api/client';

/** How far the setup is. Each flag is a fact a service reported, so the wizard can be left and taken up anywhere. */
export function useWizard() {
  return useQuery({
    queryKey: ['wizard'],
    queryFn: () => answer(signup.GET('/api/onboarding/setup-wizard/status')),
  });
}
