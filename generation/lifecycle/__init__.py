"""The life cycle of images and generations: dispatch, claim, settlement and stopping."""
