"""What all pages draw with: icons, ratios, stylesheets."""
