/** What each step of the setup gets: whom to tell when its reader wants to go on. */
export interface StepProps {
  onNext: () => void;
}
